import sharp from 'sharp';
import { plain, type Picture } from './picture.js';

/** To exactly `width`×`height`: averages where it shrinks, bilinear where it grows. The same picture when nothing changes. */
export async function resize(picture: Picture, width: number, height: number): Promise<Picture> {
  if (picture.width === width && picture.height === height) return picture;
  const { data } = picture;
  const raw = { width: picture.width, height: picture.height, channels: 3 } as const;
  const resized = await sharp(data, { raw, limitInputPixels: false }).resize(width, height, { fit: 'fill', kernel: 'linear' }).raw().toBuffer();
  return { width, height, data: plain(resized) };
}

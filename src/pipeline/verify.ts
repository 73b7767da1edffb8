import { cosine } from '../cosine.js';
import { GlimpseError } from '../errors.js';
import type { AnalysedFace, FaceSelector, ImageSource, Vision } from '../types.js';

export interface VerifyRequest {
  readonly a: ImageSource;
  readonly b: ImageSource;
  readonly selectA: FaceSelector;
  readonly selectB: FaceSelector;
  /** Similarity for "same"; absent: the network's own for the less visible of the two faces. */
  readonly threshold?: number;
  readonly minFaceSize: number;
}

export interface VerifyAnswer {
  readonly similarity: number;
  readonly same: boolean;
  readonly threshold: number;
  readonly a: AnalysedFace;
  readonly b: AnalysedFace;
}

/** Do two pictures show the same person? Throws `noFace` or `precondition` naming the picture (`a` or `b`). */
export async function verify(rooms: { readonly vision: Vision }, request: VerifyRequest, signal?: AbortSignal): Promise<VerifyAnswer> {
  const [a, b] = await Promise.all([
    theFace(rooms.vision, 'a', request.a, request.selectA, request.minFaceSize, signal),
    theFace(rooms.vision, 'b', request.b, request.selectB, request.minFaceSize, signal),
  ]);
  const similarity = cosine(a.embedding, b.embedding);
  const threshold = request.threshold ?? rooms.vision.threshold(Math.min(a.quality.visibility, b.quality.visibility), a.embedding, b.embedding);
  return { similarity, same: similarity >= threshold, threshold, a, b };
}

async function theFace(
  vision: Vision,
  field: 'a' | 'b',
  image: ImageSource,
  select: FaceSelector,
  minFaceSize: number,
  signal: AbortSignal | undefined,
): Promise<AnalysedFace> {
  const seen = await vision.analyse(image, { select, minFaceSize, maxFaces: 1, wantCrops: false, wantAttention: false }, signal);
  if (select === 'ONLY' && seen.detected > 1) {
    throw new GlimpseError('precondition', `picture ${field} shows ${seen.detected} faces, not one`, {
      field: `which_${field}`,
      reason: 'SEVERAL_FACES',
      cure: 'crop the picture, name the face by a box, or ask for LARGEST',
    });
  }
  const face = seen.faces[0];
  if (face !== undefined) return face;
  throw new GlimpseError('noFace', `no face of ${minFaceSize} px or more was found in picture ${field}`, {
    field,
    reason: 'NO_FACE',
    cure: 'send a picture that shows the face larger, or check the box',
  });
}

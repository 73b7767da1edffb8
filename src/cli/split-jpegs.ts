const START = Buffer.from([0xff, 0xd8]);
const END = Buffer.from([0xff, 0xd9]);

/**
 * Cuts a stream of JPEG files, one after the other, into the files. Within a file's compressed data 0xff is always
 * followed by a zero or a restart marker, so that the end marker cannot be met by chance (ffmpeg writes no thumbnails).
 */
export async function* splitJpegs(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let pending = Buffer.alloc(0);
  let searched = START.length;
  for await (const chunk of stream) {
    pending = Buffer.concat([pending, chunk]);
    for (let end = pending.indexOf(END, searched); end >= 0; end = pending.indexOf(END, searched)) {
      const start = pending.indexOf(START);
      if (start >= 0 && start < end) yield pending.subarray(start, end + END.length);
      pending = pending.subarray(end + END.length);
      searched = START.length;
    }
    searched = Math.max(START.length, pending.length - 1); // the marker may lie across two chunks
  }
}

const noiseLength = 1 << 20;
const noise = makeNoise();

/** Incompressible, reproducible bytes; every index gives others, so that no two pieces of a file are alike. */
export function noiseBytes(length: number, index: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let from = (index * 7919) % noiseLength;
  for (let at = 0; at < length; from = 0) at += noise.copy(bytes, at, from);
  if (length >= 8) bytes.writeDoubleBE(index, length - 8);
  return bytes;
}

/** The usual linear congruential generator; its high byte is random enough. */
function makeNoise(): Buffer {
  const bytes = Buffer.allocUnsafe(noiseLength);
  let state = 1;
  for (let at = 0; at < noiseLength; at++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

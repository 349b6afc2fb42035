/** The bytes of a static model's file, in the layout that `openStaticModel` reads: int8 rows, a float32 scale each. */
export function writeStaticModel(vocabulary: string[], table: Float32Array, dimensions: number): Buffer {
  const rows = vocabulary.length;
  const words = Buffer.from(`${vocabulary.join('\n')}\n`, 'utf8');
  const scalesAt = Math.ceil((16 + words.length) / 4) * 4;
  const valuesAt = scalesAt + 4 * rows;
  const bytes = Buffer.alloc(valuesAt + rows * dimensions);
  bytes.write('PSE1', 0, 'latin1');
  for (const [i, number] of [rows, dimensions, words.length].entries()) bytes.writeUInt32LE(number, 4 + 4 * i);
  words.copy(bytes, 16);
  for (let row = 0; row < rows; row++) {
    const vector = table.subarray(row * dimensions, (row + 1) * dimensions);
    const largest = vector.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const scale = largest / 127;
    bytes.writeFloatLE(scale, scalesAt + 4 * row);
    for (let d = 0; d < dimensions; d++)
      bytes.writeInt8(scale === 0 ? 0 : Math.round(vector[d]! / scale), valuesAt + row * dimensions + d);
  }
  return bytes;
}

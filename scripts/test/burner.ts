/** Keeps one core busy until the process that started it ends it, or is gone: the channel to it closes, however it went. */
const sliceMs = 20;

process.on('disconnect', () => process.exit());

function burn(): void {
  const end = performance.now() + sliceMs;
  while (performance.now() < end);
  // Between two slices the channel's end is seen.
  setImmediate(burn);
}

process.send?.('burning');
burn();

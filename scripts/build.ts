// `npm run build`: builds the dock and holds it to its size.
import { buildDock, dockDist, gzippedBytes, mostDockBytes } from './build/dock.ts';

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;

process.exitCode = await buildDock();
if (process.exitCode === 0) {
  const bytes = await gzippedBytes(dockDist);
  console.log(
    `Dock: ${kilobytes(bytes)} of JavaScript and CSS with one language (gzip), at most ${kilobytes(mostDockBytes)}.`,
  );
  if (bytes > mostDockBytes) {
    console.error(`The dock is ${kilobytes(bytes - mostDockBytes)} too large: take something out of it.`);
    process.exitCode = 1;
  }
}

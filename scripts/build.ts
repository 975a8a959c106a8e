// `npm run build`: builds the dock and holds each of its parts to its size.
import { buildDock, dockDist } from './build/dock.ts';
import { dockSizes } from './build/dock-sizes.ts';

const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(2)} kB`;

process.exitCode = await buildDock();
if (process.exitCode === 0) {
  const { parts, total } = await dockSizes(dockDist);
  console.log('The dock’s JavaScript and CSS with one language, gzip:');
  for (const { name, bytes, most } of parts) {
    const limit = most === undefined ? 'without a limit' : `at most ${kilobytes(most)}`;
    console.log(`  ${name === 'first' ? 'first load' : name}: ${kilobytes(bytes)}, ${limit}`);
    if (most !== undefined && bytes <= most) continue;
    process.exitCode = 1;
    console.error(
      most === undefined
        ? `  ${name} has no limit: set one in scripts/build/dock-sizes.ts.`
        : `  ${name} is ${bytes - most} bytes too large: take something out of it.`,
    );
  }
  console.log(`  in all: ${kilobytes(total)}`);
}

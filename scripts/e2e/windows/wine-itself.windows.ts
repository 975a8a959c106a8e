/**
 * That what scripts/test/only-wine.ts excuses is Wine's doing: the same with nothing of StreamAI in it. Once one of these fails, Wine has
 * learned it, and the tests that are listed for that reason have to pass.
 */
import { once } from 'node:events';
import { lstat, open, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../simulated-world-fixture.ts';

describe.runIf(process.env.STREAMAI_UNDER_WINE === '1')('under Wine', () => {
  test('an answer that is followed at once by a reset is lost on its way to the program', async () => {
    let heard = 0;
    for (let time = 0; time < 20; time++) {
      const server = createServer((socket) => {
        socket.on('error', () => {}).once('data', () => socket.write('answer', () => socket.resetAndDestroy()));
      });
      await once(server.listen(0, '127.0.0.1'), 'listening');
      const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
      let text = '';
      client
        .on('error', () => {})
        .on('data', (data) => {
          text += String(data);
        });
      client.write('question');
      await new Promise((resolve) => client.on('close', resolve));
      if (text === 'answer') heard += 1;
      server.close();
    }
    expect(heard).toBeLessThan(20);
  });

  test('a file was made whenever it was last written', async () => {
    const file = path.join(await temporaryFolder('wine'), 'a');
    await writeFile(file, 'x');
    const before = await stat(file, { bigint: true });
    await writeFile(file, 'longer');
    const after = await stat(file, { bigint: true });
    expect(after.birthtimeNs).toBe(after.mtimeNs);
    expect(after.birthtimeNs).toBeGreaterThan(before.birthtimeNs);
  });

  test('symbolic links are not made', async () => {
    const folder = await temporaryFolder('wine');
    await writeFile(path.join(folder, 'a'), 'x');
    const made = symlink(path.join(folder, 'a'), path.join(folder, 'link')).then(() =>
      lstat(path.join(folder, 'link')),
    );
    await expect(made).rejects.toThrow();
  });

  test('a file that somebody has open cannot be replaced by another one', async () => {
    const folder = await temporaryFolder('wine');
    await writeFile(path.join(folder, 'a'), 'x');
    await writeFile(path.join(folder, 'b'), 'y');
    await using handle = await open(path.join(folder, 'a'));
    await expect(rename(path.join(folder, 'b'), path.join(folder, 'a'))).rejects.toMatchObject({ code: 'EPERM' });
    expect(handle.fd).toBeGreaterThan(0);
  });
});

/**
 * The files that the page loads later. Whoever takes the agent's port in the moment in which one is asked for must not get a script
 * into this page: the page, which came from the agent, has a hash of each (vite.config.ts), and takes no other file.
 */

/** `[file, integrity]` by the name of the part; as vite.config.ts writes them into the page. */
type Parts = Readonly<Record<string, readonly [file: string, integrity: string]>>;

const checked = new Map<string, Promise<void>>();

/**
 * Fetches a part's files and compares them with what the page knows of them; an `import()` takes them from there. In development,
 * where Vite serves the modules, there is nothing to compare.
 * @param wants the names of the parts
 * @throws Error when one does not come, or is another one
 */
export async function checkParts(wants: (name: string) => boolean): Promise<void> {
  const text = typeof document === 'undefined' ? '' : (document.getElementById?.('parts')?.textContent ?? '');
  if (text === '') return;
  const parts = Object.entries(JSON.parse(text) as Parts).filter(([name]) => wants(name));
  await Promise.all(parts.map(([, [file, integrity]]) => checkFile(file, integrity)));
}

function checkFile(file: string, integrity: string): Promise<void> {
  const known = checked.get(file);
  if (known !== undefined) return known;
  const promise = new Promise<void>((resolve, reject) => {
    const link = document.createElement('link');
    link.rel = 'modulepreload';
    link.href = file;
    link.integrity = integrity;
    link.onload = () => resolve();
    link.onerror = () => {
      checked.delete(file);
      reject(new Error(file));
    };
    document.head.append(link);
  });
  checked.set(file, promise);
  return promise;
}

/** How far a model's download is, on one line of a terminal, or a line for each tenth where nobody watches. */
import type { DownloadProgress } from '../../server/models/download.ts';

export interface ProgressOutput {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** @param words of one line, without its end */
export function modelProgress(
  output: ProgressOutput,
  words: (file: string, percent: number, size: string) => string,
): (progress: DownloadProgress) => void {
  let said = '';
  return ({ file, received, bytes }) => {
    const percent = Math.floor((received / bytes) * 100);
    const shown = output.isTTY ? percent : percent - (percent % 10);
    const line = words(file, shown, size(bytes));
    if (line === said) return;
    said = line;
    output.write(output.isTTY ? `\r${bar(percent)} ${line}${percent === 100 ? '\n' : ''}` : `${line}\n`);
  };
}

const bar = (percent: number): string => `[${'#'.repeat(Math.floor(percent / 5)).padEnd(20, '.')}]`;

const size = (bytes: number): string =>
  bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e6))} MB`;

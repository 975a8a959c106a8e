/** Short requests of doctor's own, straight to where they go. */
import { request as http } from 'node:http';
import { request as https } from 'node:https';

const answerMs = 5000;
const most = 64 * 1024;

/** @returns null where nothing answers, or no JSON */
export async function askJson(url: string): Promise<unknown> {
  const answer = await askOnce(url, 'GET');
  try {
    return answer === null ? null : JSON.parse(answer.text);
  } catch {
    return null;
  }
}

/** The clock of a web server, ms since 1970; null: it does not answer or does not tell. */
export async function clockOf(url: string): Promise<number | null> {
  const time = Date.parse((await askOnce(url, 'HEAD'))?.date ?? '');
  return Number.isNaN(time) ? null : time;
}

function askOnce(url: string, method: 'GET' | 'HEAD'): Promise<{ text: string; date: string | undefined } | null> {
  return new Promise((resolve) => {
    const ask = url.startsWith('https:') ? https : http;
    const call = ask(url, { method, agent: false, signal: AbortSignal.timeout(answerMs) }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        if (text.length > most) call.destroy();
      });
      response.on('end', () => resolve({ text, date: response.headers.date }));
      response.on('error', () => resolve(null));
      response.on('close', () => resolve(null));
    });
    call.on('upgrade', () => call.destroy());
    call.on('error', () => resolve(null));
    call.end();
  });
}

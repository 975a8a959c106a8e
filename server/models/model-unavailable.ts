import type { TaskProblem } from '../tasks/task-state.ts';
import type { ModelFile } from './catalogue.ts';

/** A model is not on this machine and could not be fetched: the operator's matter, not the recording's. */
export class ModelUnavailable extends Error {
  readonly problem: TaskProblem;

  constructor(code: string, cause: string, fix: string, options?: ErrorOptions) {
    super(cause, options);
    this.name = 'ModelUnavailable';
    this.problem = { code, cause, fix };
  }
}

const byHand = (file: string): string =>
  `copy ${file} into the server’s folder of models (MODELS_DIR), or name an address that has it in MODEL_BASE_URL`;

export const unreachable = ({ file }: ModelFile, host: string, cause: unknown): ModelUnavailable =>
  new ModelUnavailable(
    'model_unreachable',
    `The speech model ${file} is not on the server yet, and ${host} cannot be reached.`,
    `Connect the server to the internet and ask once more: what has arrived of it is kept. Or ${byHand(file)}.`,
    { cause },
  );

export const refused = ({ file }: ModelFile, host: string, status: number): ModelUnavailable =>
  new ModelUnavailable(
    'model_refused',
    `${host} does not give the speech model ${file} (HTTP ${status}).`,
    `Look at MODEL_BASE_URL if it is set. Or ${byHand(file)}.`,
  );

export const insecure = ({ file }: ModelFile, host: string): ModelUnavailable =>
  new ModelUnavailable(
    'model_redirect',
    `${host} sends whoever fetches the speech model ${file} on to an address that is not https.`,
    `Look at MODEL_BASE_URL if it is set, and at whatever stands between the server and the internet. Or ${byHand(file)}.`,
  );

export const wrong = ({ file }: ModelFile, host: string): ModelUnavailable =>
  new ModelUnavailable(
    'model_wrong',
    `What ${host} gave as the speech model ${file} is something else; nothing of it was used.`,
    `Look at MODEL_BASE_URL if it is set, and at whatever stands between the server and the internet. Or ${byHand(file)}.`,
  );

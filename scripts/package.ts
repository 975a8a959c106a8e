// `npm run package [-- win|mac|linux …] [--arch x64|arm64] [--quick] [--sign] [--out FOLDER] [--url ADDRESS]`: what people install, into out/.
import { packageAll } from './package/package-all.ts';
import { parsePackageArgs, WrongUse } from './package/package-args.ts';
import { SigningImpossible } from './package/sign/signing.ts';
import { ToolMissing } from './package/tool.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);

try {
  const options = parsePackageArgs(process.argv.slice(2));
  for (const file of await packageAll(options, say)) process.stdout.write(`${file}\n`);
} catch (error) {
  if (!(error instanceof WrongUse || error instanceof ToolMissing || error instanceof SigningImpossible)) throw error;
  say(error.message);
  process.exitCode = error instanceof WrongUse ? 2 : 1;
}

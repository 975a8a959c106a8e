// `sign-file.ts FILE`: signs a program for Windows in place; for makensis, which makes the uninstaller by itself.
import { windowsSigning } from './signing.ts';

await windowsSigning()(process.argv[2] ?? '');

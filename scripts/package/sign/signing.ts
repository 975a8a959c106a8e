/** Signing with a certificate of one's own: never without being asked, never halfway. */
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { run } from '../../rig/processes.ts';
import { requireTool } from '../tool.ts';

/** Signing was asked for, and cannot be done. */
export class SigningImpossible extends Error {}

/** Signs a program in place. */
export type Sign = (file: string) => Promise<void>;

/**
 * Authenticode for Windows' programs, as `--sign` asks for it.
 * @param env STREAMAI_SIGN_PKCS12 names the certificate with its key, STREAMAI_SIGN_PASSWORD_FILE the file with its password, and
 *   STREAMAI_SIGN_TIMESTAMP the address of a time-stamp server (RFC 3161), without which a signature ends with its certificate
 * @throws SigningImpossible naming what is missing; ToolMissing
 */
export function windowsSigning(env: NodeJS.ProcessEnv = process.env): Sign {
  const file = (name: string, what: string): string => {
    const value = env[name];
    if (!value)
      throw new SigningImpossible(`Nothing was signed: ${name} names no ${what} (scripts/package/sign/README.md).`);
    if (!existsSync(value))
      throw new SigningImpossible(`Nothing was signed: there is no ${what} at ${value} (${name}).`);
    return value;
  };
  const certificate = file('STREAMAI_SIGN_PKCS12', 'certificate');
  const password = file('STREAMAI_SIGN_PASSWORD_FILE', 'password');
  const timestamp = env.STREAMAI_SIGN_TIMESTAMP;
  requireTool('osslsigncode', 'A signature');
  return async (program) => {
    const signed = `${program}.signed`;
    const how = ['-pkcs12', certificate, '-readpass', password, '-h', 'sha256', '-n', 'StreamAI'];
    // With the real time: the commit's may lie before the certificate's beginning.
    await run('osslsigncode', [
      'sign',
      ...how,
      ...(timestamp ? ['-ts', timestamp] : []),
      '-in',
      program,
      '-out',
      signed,
    ]);
    await rename(signed, program);
  };
}

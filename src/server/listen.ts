import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import type { Config } from '../config.js';
import { GlimpseError } from '../errors.js';

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** Tokens are asked for wherever other machines can call, unless the operator said that anybody may. */
export function needsTokens(config: Config): boolean {
  return config.requireTokens || !(isLoopback(config.host) || config.insecure);
}

/** Throws `invalid` when the settings would let other machines in without encryption, or are half-set. */
export function refuseUnsafe(config: Config): void {
  if ((config.tlsCert === '') !== (config.tlsKey === '')) {
    const missing = config.tlsCert === '' ? '--tls-cert' : '--tls-key';
    throw setting(missing, 'HALF_TLS', 'TLS needs both a certificate and its key', `set ${missing} too`);
  }
  if (config.tlsClientCa !== '' && config.tlsCert === '') {
    throw setting('--tls-client-ca', 'HALF_TLS', 'client certificates can be asked for under TLS only', 'set --tls-cert and --tls-key');
  }
  if (isLoopback(config.host) || config.insecure || config.tlsCert !== '') return;
  const message = `${config.host} can be reached from other machines, and TLS is not set up`;
  throw setting('--host', 'INSECURE', message, 'set --tls-cert and --tls-key and make tokens, listen on 127.0.0.1, or say --insecure');
}

export async function credentials({ tlsCert, tlsKey, tlsClientCa }: Config): Promise<ServerCredentials> {
  if (tlsCert === '') return ServerCredentials.createInsecure();
  const [cert, key, ca] = await Promise.all([
    pem('--tls-cert', tlsCert),
    pem('--tls-key', tlsKey),
    tlsClientCa === '' ? null : pem('--tls-client-ca', tlsClientCa),
  ]);
  try {
    createSecureContext({ cert, key, ...(ca !== null && { ca }) });
  } catch (error) {
    throw setting('--tls-cert', 'BAD_CERTIFICATE', `the certificate and key do not work: ${(error as Error).message}`, 'give PEM files that belong together');
  }
  return ServerCredentials.createSsl(ca, [{ private_key: key, cert_chain: cert }], ca !== null);
}

/** Resolves with the port. Throws `precondition` when the address cannot be taken. */
export function bind(server: Server, { host, port }: Config, how: ServerCredentials): Promise<number> {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, how, (error, bound) => {
      if (error === null) resolve(bound);
      else {
        const detail = { field: '--port', reason: 'CANNOT_LISTEN', cure: 'choose another --port or --host, or stop the program that has it' };
        reject(new GlimpseError('precondition', `cannot listen on ${address}: ${error.message}`, detail));
      }
    });
  });
}

async function pem(flag: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw setting(flag, 'UNREADABLE', `${flag}: ${(error as Error).message}`, 'name a PEM file that this user can read');
  }
}

function setting(field: string, reason: string, message: string, cure: string): GlimpseError {
  return new GlimpseError('invalid', message, { field, reason, cure });
}

import { createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PEM files of an authority, of a server certificate for 127.0.0.1 and of a client certificate, both signed by it. */
export interface Certificates {
  readonly ca: string;
  readonly serverCert: string;
  readonly serverKey: string;
  readonly clientCert: string;
  readonly clientKey: string;
  remove(): Promise<void>;
}

export async function makeCertificates(): Promise<Certificates> {
  const dir = await mkdtemp(join(tmpdir(), 'glimpse-tls-'));
  const authority = keyPair();
  const ca = { name: 'Glimpse test authority', key: authority.privateKey };
  const file = async (name: string, text: string): Promise<string> => {
    await writeFile(join(dir, name), text, { mode: 0o600 });
    return join(dir, name);
  };
  const signed = async (name: string): Promise<[string, string]> => {
    const own = keyPair();
    return [await file(`${name}.pem`, certificate(name, own.publicKey, ca)), await file(`${name}.key`, pkcs8(own.privateKey))];
  };
  const [serverCert, serverKey] = await signed('server');
  const [clientCert, clientKey] = await signed('client');
  return {
    ca: await file('ca.pem', certificate(ca.name, authority.publicKey, ca, true)),
    serverCert,
    serverKey,
    clientCert,
    clientKey,
    remove: () => rm(dir, { recursive: true }),
  };
}

const keyPair = (): { publicKey: KeyObject; privateKey: KeyObject } => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const pkcs8 = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();

// The little of X.509 (RFC 5280) and DER (X.690) that a test certificate needs.
const tlv = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const n = body.length;
  const length = n < 128 ? [n] : n < 256 ? [0x81, n] : [0x82, n >> 8, n & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: Buffer[]): Buffer => tlv(0x30, ...parts);
const oid = (hex: string): Buffer => tlv(0x06, Buffer.from(hex, 'hex'));
const ECDSA_SHA256 = sequence(oid('2a8648ce3d040302'));
const COMMON_NAME = oid('550403');
const SUBJECT_ALT_NAME = oid('551d11');
const BASIC_CONSTRAINTS = oid('551d13');
const TRUE = Buffer.from([0x01, 0x01, 0xff]);

function certificate(name: string, publicKey: KeyObject, issuer: { name: string; key: KeyObject }, isAuthority = false): string {
  const extensions = isAuthority
    ? sequence(BASIC_CONSTRAINTS, TRUE, tlv(0x04, sequence(TRUE)))
    : sequence(SUBJECT_ALT_NAME, tlv(0x04, sequence(tlv(0x87, Buffer.from([127, 0, 0, 1])), tlv(0x82, Buffer.from('localhost')))));
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    ECDSA_SHA256,
    distinguishedName(issuer.name),
    sequence(utcTime(Date.now() - 60_000), utcTime(Date.now() + 3_600_000)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(extensions)),
  );
  const signature = createSign('sha256').update(body).sign(issuer.key);
  const der = sequence(body, ECDSA_SHA256, tlv(0x03, Buffer.from([0]), signature));
  return `-----BEGIN CERTIFICATE-----\n${(der.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----\n`;
}

function distinguishedName(name: string): Buffer {
  return sequence(tlv(0x31, sequence(COMMON_NAME, tlv(0x0c, Buffer.from(name)))));
}

function utcTime(ms: number): Buffer {
  return tlv(0x17, Buffer.from(`${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));
}

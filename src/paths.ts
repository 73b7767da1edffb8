import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function packageRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('package.json of glimpse not found above its own code');
  return packageRoot(parent);
}

/** The folder that holds package.json, whether this runs from src or from dist. */
export const ROOT = packageRoot(dirname(fileURLToPath(import.meta.url)));
export const PROTO_DIR = join(ROOT, 'proto');
export const MIGRATIONS_DIR = join(ROOT, 'migrations');
export const MODELS_DIR = join(ROOT, 'models');

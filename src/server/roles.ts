import { GlimpseError } from '../errors.js';
import type { Role, Token } from '../gallery/tokens.js';

/** Who calls: a token's bearer, or anybody where tokens are not asked for. */
export type Principal = Token;

/** Each role may do what the roles before it may. */
const ORDER: readonly Role[] = ['identify', 'enrol', 'admin'];

/** The least role for each method; one that is not listed needs `admin`. */
const NEEDED: Readonly<Record<string, Role>> = {
  '/glimpse.v1.Recognition/Identify': 'identify',
  '/glimpse.v1.Recognition/Search': 'identify',
  '/glimpse.v1.Recognition/Verify': 'identify',
  '/glimpse.v1.Recognition/Watch': 'identify',
  '/glimpse.v1.Gallery/Enroll': 'enrol',
  '/glimpse.v1.Gallery/GetIdentity': 'enrol',
  '/glimpse.v1.Gallery/ListIdentities': 'enrol',
  '/glimpse.v1.Gallery/UpdateIdentity': 'enrol',
  '/glimpse.v1.Gallery/MoveFace': 'enrol',
  '/glimpse.v1.Gallery/ListCollections': 'enrol',
  '/glimpse.v1.Gallery/Confirm': 'enrol',
  '/glimpse.v1.Gallery/Reject': 'enrol',
  '/glimpse.v1.Gallery/Stats': 'enrol',
};

/** Health and reflection tell nothing about people and are open. */
export const isOurs = (path: string): boolean => path.startsWith('/glimpse.');

/** Throws `forbidden` when the principal's role is too weak for the method. */
export function authorise(principal: Principal, path: string): void {
  const needed = NEEDED[path] ?? 'admin';
  if (ORDER.indexOf(principal.role) >= ORDER.indexOf(needed)) return;
  throw new GlimpseError('forbidden', `${path} needs the role ${needed}; this token has the role ${principal.role}`, {
    reason: 'ROLE_TOO_WEAK',
    cure: `use a token made with: glimpse token create --role ${needed}`,
  });
}

import { z } from "zod";

/**
 * What a person may do beyond being a member (SPEC 3.5). The identity provider keeps it, in the metadata that
 * the platform's secret key alone can write: `public_metadata.roles`. Each role is a key of its own there
 * (`{"operator": true}`), so that two changes at once are both kept. A member's row has a copy.
 */
export const givenRoles = ["operator", "support"] as const;
export type GivenRole = (typeof givenRoles)[number];

const metadataShape = z.object({ roles: z.record(z.string(), z.unknown()) });
/** The roles that metadata gives. What is of another shape, or not known here, gives none. */
export function readRoles(metadata: unknown): GivenRole[] {
  const { roles = {} } = metadataShape.safeParse(metadata).data ?? {};
  return givenRoles.filter((role) => Object.hasOwn(roles, role) && roles[role] === true);
}

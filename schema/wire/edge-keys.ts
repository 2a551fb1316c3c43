import { createLocalJWKSet, createRemoteJWKSet, errors, type JWTVerifyGetKey } from "jose";
import { AppError } from "./error.ts";
import { ticketKeysPath } from "./ticket.ts";

/**
 * The edge's public keys for tickets, by its address. They are fetched every ten minutes, which ends trust in
 * a removed key, and when an unknown key appears. While the edge is away the last ones stay; without any,
 * `unavailable` is thrown, for nothing is known about the ticket.
 */
export function openEdgeKeys(edge: string): JWTVerifyGetKey {
  const options = { cacheMaxAge: 600_000, cooldownDuration: 1_000, timeoutDuration: 3_000 };
  const keys = createRemoteJWKSet(new URL(ticketKeysPath, edge), options);
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      if (cause instanceof errors.JWKSNoMatchingKey) throw cause;
      const last = keys.jwks();
      if (last === undefined) throw new AppError("unavailable", { what: "edge keys" }, { cause });
      return createLocalJWKSet(last)(header, token);
    }
  };
}

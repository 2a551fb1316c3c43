import { base64url } from "jose";

/** 32 random bytes as text that fits into an address, for what only its hash is kept of. */
export const drawSecretText = (): string => base64url.encode(crypto.getRandomValues(new Uint8Array(32)));

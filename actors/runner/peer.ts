import { X509Certificate } from "node:crypto";
import { decodeProtectedHeader, importPKCS8, importSPKI, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import { readMachineUri } from "../../schema/machine/machine.ts";
import { AppError } from "../../schema/wire/error.ts";
import { id, newId } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";
import type { Machine } from "./machine.ts";

/** Who speaks to whom: one actor of a member to another of the same member. */
const peerClaims = z.object({ member: id("mem"), from: id("agt"), to: id("agt") });
export type PeerClaims = z.infer<typeof peerClaims>;
const header = z.looseObject({ typ: z.literal("peer"), x5c: z.array(z.string()).length(1) });

/**
 * Tickets between actors: signed with a runner's own key, carrying its certificate, good for one call. Any
 * runner of this cell can read them.
 */
export type Peers = ReturnType<typeof peerTickets>;
export function peerTickets(machine: Pick<Machine, "id" | "keyPem" | "certPem" | "caPem">, revoked: ReadonlySet<string> = new Set()) {
  return {
    async sign(claims: PeerClaims, now = Math.floor(Date.now() / 1000)): Promise<string> {
      return new SignJWT({ ...claims })
        .setProtectedHeader({ alg: "ES256", typ: "peer", x5c: [new X509Certificate(machine.certPem).raw.toString("base64")] })
        .setIssuer(machine.id)
        .setAudience("peer")
        .setJti(newId("req"))
        .setIssuedAt(now)
        .setExpirationTime(now + limits.serviceTicket)
        .sign(await importPKCS8(machine.keyPem, "ES256"));
    },
    /**
     * The claims of a ticket that a runner of our CA signed; throws `ticket_expired` or `unauthenticated`.
     * `exp` in seconds.
     */
    async read(token: string, now = new Date()): Promise<PeerClaims & { exp: number }> {
      try {
        const { x5c } = header.parse(decodeProtectedHeader(token));
        const certificate = new X509Certificate(Buffer.from(x5c[0]!, "base64"));
        const runner = runnerOf(certificate, machine.caPem, now);
        if (revoked.has(runner)) throw new Error("the runner was revoked");
        const key = await importSPKI(certificate.publicKey.export({ type: "spki", format: "pem" }).toString(), "ES256");
        const { payload } = await jwtVerify(token, key, {
          algorithms: ["ES256"],
          typ: "peer",
          audience: "peer",
          issuer: runner,
          requiredClaims: ["exp"],
          clockTolerance: limits.skew,
          currentDate: now,
        });
        return { ...peerClaims.parse(payload), exp: payload.exp! };
      } catch (cause) {
        const expired = (cause as { code?: string }).code === "ERR_JWT_EXPIRED";
        throw new AppError(expired ? "ticket_expired" : "unauthenticated", { what: "peer ticket" }, { cause });
      }
    },
  };
}

/** The runner a certificate of our CA names; a host's, an old or a foreign one is none. */
function runnerOf(certificate: X509Certificate, caPem: string, now: Date): string {
  const ca = new X509Certificate(caPem);
  if (!certificate.checkIssued(ca) || !certificate.verify(ca.publicKey)) throw new Error("not of our CA");
  if (certificate.validFromDate > now || certificate.validToDate < now) throw new Error("the certificate is not valid now");
  const uri = /(?:^|, )URI:([^,]+)/.exec(certificate.subjectAltName ?? "")?.[1];
  const machine = uri ? readMachineUri(uri) : undefined;
  if (!machine?.startsWith("rnr_")) throw new Error("not a runner");
  return machine;
}

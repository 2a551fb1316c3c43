import { createPublicKey } from "node:crypto";
import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import { newMachineKey, readAgentToken, readCall, signAgentToken, signCall } from "../../../schema/machine/machine.ts";
import { makeStatement, readReceipt, receiptKey, signReceipt } from "../../../schema/receipt/receipt.ts";
import { pushKey } from "../../../schema/reminder/push-message.ts";
import type { AppError } from "../../../schema/wire/error.ts";
import { newId } from "../../../schema/wire/id.ts";
import { publicPart } from "../../../schema/wire/key.ts";
import { publicTicketKeys, readTicket, signTicket, ticketIssuer, ticketKeys } from "../../../schema/wire/ticket.ts";
import { proof } from "../../harness/receipt-sample.ts";

const now = () => Math.floor(Date.now() / 1000);
let pair: JWK;
beforeAll(async () => {
  pair = await exportJWK((await generateKeyPair("ES256", { extractable: true })).privateKey);
});

describe("a key", () => {
  test("is for one thing: where it is kept for another it is refused", () => {
    for (const keyClass of ["receipt", "push", "machine"])
      expect(ticketKeys.safeParse([{ ...pair, kid: "k1", class: keyClass }]).success).toBe(false);
    for (const keyClass of ["ticket", "receipt"]) expect(pushKey.safeParse({ ...pair, class: keyClass }).success).toBe(false);
    expect(receiptKey.safeParse({ ...pair, kid: "receipt-1", class: "ticket" }).success).toBe(false);
    expect(ticketKeys.safeParse([{ ...pair, kid: "receipt-1" }]).success).toBe(false);
  });

  test("that was kept before keys had a class is of the class of its place, and goes on working", async () => {
    const keys = ticketKeys.parse([{ ...pair, kid: "k1" }]);
    expect(keys[0]?.class).toBe("ticket");
    const token = await signTicket(keys, "actor", { member: newId("mem") }, now(), 60);
    await expect(readTicket(token, "actor", createLocalJWKSet(publicTicketKeys(keys)))).resolves.toBeTruthy();
    expect(pushKey.parse(pair).class).toBe("push");
  });
});

describe("a token", () => {
  const kinds = [undefined, "JWT", "growqr-ticket", "growqr-receipt", "machine", "agent", "peer"];
  const spki = () =>
    createPublicKey({ key: { kty: pair.kty!, crv: pair.crv!, x: pair.x!, y: pair.y! }, format: "jwk" })
      .export({ type: "spki", format: "pem" })
      .toString();
  const forge = async (
    typ: string | undefined,
    header: Record<string, unknown>,
    claims: Record<string, unknown>,
    audience: string,
    from: string,
  ) =>
    new SignJWT(claims)
      .setProtectedHeader({ alg: "ES256", ...(typ ? { typ } : {}), ...header })
      .setIssuer(from)
      .setAudience(audience)
      .setJti(newId("req"))
      .setIssuedAt()
      .setExpirationTime("60s")
      .sign(await importJWK(pair, "ES256"), { crit: { exp: true } }); // jose would refuse to sign what only its reader shall refuse

  test("of another kind, rightly signed and with the right claims, is no ticket, signed call or agent token", async () => {
    const keys = createLocalJWKSet(publicTicketKeys(ticketKeys.parse([{ ...pair, kid: "k1" }])));
    const [member, host] = [newId("mem"), newId("hst")];
    const body = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="; // SHA-256 of nothing
    for (const typ of kinds) {
      const taken = {
        "growqr-ticket": async () =>
          readTicket(await forge(typ, { kid: "k1" }, { member, sub: member }, "actor", ticketIssuer), "actor", keys),
        machine: async () => {
          const call = await forge(typ, { kid: host }, { method: "GET", path: "/", body }, "edge", host);
          return readCall(`Machine ${call}`, spki(), { method: "GET", path: "/", body: "" });
        },
        agent: async () => {
          const claims = { member, agent: newId("agt"), epoch: 1, host };
          return readAgentToken(await forge(typ, { kid: host }, claims, "edge-agent", host), spki());
        },
      };
      for (const [kind, read] of Object.entries(taken)) {
        const code = await read().then(
          () => "taken",
          (error: AppError) => error.code,
        );
        expect(code, `${typ} as ${kind}`).toBe(typ === kind ? "taken" : "unauthenticated");
      }
    }
  });

  test("that names no key, an unknown key or an extension nobody knows is refused", async () => {
    const keys = createLocalJWKSet(publicTicketKeys(ticketKeys.parse([{ ...pair, kid: "k1" }])));
    const member = newId("mem");
    for (const header of [{}, { kid: "k2" }, { kid: "k1", crit: ["exp"], exp: 1 }])
      await expect(
        forge("growqr-ticket", header, { member, sub: member }, "actor", ticketIssuer).then((token) => readTicket(token, "actor", keys)),
      ).rejects.toMatchObject({ code: "unauthenticated" });
  });

  test("of a machine is read under its scheme in any case", async () => {
    const { keyPem, csrPem } = await newMachineKey("m");
    expect(csrPem).toContain("CERTIFICATE REQUEST");
    const host = newId("hst");
    const call = { method: "GET", path: "/hosts/mine", body: "" };
    const signed = await signCall(host, keyPem, call, now());
    const spkiPem = createPublicKey(keyPem).export({ type: "spki", format: "pem" }).toString();
    for (const header of [signed, signed.replace("Machine", "machine"), signed.replace("Machine ", "MACHINE  ")])
      expect((await readCall(header, spkiPem, call)).machine).toBe(host);
    const token = await signAgentToken(host, keyPem, { member: newId("mem"), agent: newId("agt"), epoch: 1 }, now());
    expect((await readAgentToken(token, spkiPem)).host).toBe(host);
  });

  test("that a key of tickets signed is no receipt, even where both are published in one set", async () => {
    const [ticket] = ticketKeys.parse([{ ...pair, kid: "k1" }]);
    const receipt = await signReceipt({ ...ticket!, class: "receipt" }, makeStatement(proof()));
    const published = publicTicketKeys([ticket!]);
    await expect(readReceipt(receipt, published)).rejects.toMatchObject({ code: "unauthenticated" });
    const { class: _, ...old } = publicPart(ticket!); // a set of before keys had a class
    await expect(readReceipt(receipt, { keys: [old] })).rejects.toMatchObject({ code: "unauthenticated" });
    const named = await signReceipt({ ...ticket!, kid: "receipt-1", class: "receipt" }, makeStatement(proof()));
    await expect(readReceipt(named, { keys: [{ ...old, kid: "receipt-1" }] })).resolves.toBeTruthy();
  });
});

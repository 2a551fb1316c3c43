import { describe, expect, test } from "vitest";
import { previewEnterPath, sharesOut } from "../../schema/preview/preview-access.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import { newId } from "../../schema/wire/id.ts";
import { keyBindings, openSecrets } from "../local/secrets.ts";
import { ask, edgeUp, newMember, refusal, sql } from "./client.ts";

type Share = { id: `pvs_${string}`; member: `mem_${string}`; preview: `pvw_${string}` };
type ShareLinks = {
  makeShareLink: (config: object, share: Share) => Promise<{ url: string; hash: string }>;
  findShareLink: (config: object, share: Share & { hash: string }) => Promise<string | undefined>;
};
/** The path is no literal: the Worker's types are not this program's. */
const shareLinks = async (): Promise<ShareLinks> => import(new URL("../../edge/preview/share-link.ts", import.meta.url).href);
const keys = { old: "A".repeat(43), new: `${"B".repeat(42)}A` };
const config = { KEKS: keys, KEK_CURRENT: "old", PUBLIC_URL: "http://localhost:20000", IDENTITY_PARTIES: [] };
const share: Share = { id: newId("pvs", 1), member: newId("mem", 1), preview: newId("pvw", 1) };
const secretOf = (url: string | undefined) => new URL(url ?? "").searchParams.get("share") ?? "";

describe("the link of a share", () => {
  test("is the same each time, opens by the hash that is kept, and is another one for each share, preview and member", async () => {
    const { makeShareLink, findShareLink } = await shareLinks();
    const { url, hash } = await makeShareLink(config, share);
    expect(new URL(url).pathname).toBe(previewEnterPath);
    expect(secretOf(url)).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await hashSha256(secretOf(url))).toBe(hash);
    expect(await findShareLink(config, { ...share, hash })).toBe(url);
    const others = [
      { ...share, id: newId("pvs", 1) },
      { ...share, member: newId("mem", 1) },
      { ...share, preview: newId("pvw", 1) },
    ];
    const hashes = await Promise.all(others.map(async (each) => (await makeShareLink(config, each)).hash));
    expect(new Set([hash, ...hashes]).size).toBe(4);
    for (const each of others) expect(await findShareLink(config, { ...each, hash })).toBeUndefined();
  });

  test("is found after the key in force has changed, and no longer once its own key is gone", async () => {
    const { makeShareLink, findShareLink } = await shareLinks();
    const { url, hash } = await makeShareLink(config, share);
    expect(await findShareLink({ ...config, KEK_CURRENT: "new" }, { ...share, hash })).toBe(url);
    expect(await findShareLink({ ...config, KEKS: { new: keys.new }, KEK_CURRENT: "new" }, { ...share, hash })).toBeUndefined();
  });
});

describe("GET /previews/{previewId}/shares", () => {
  test("gives the link that was made, none for a share of an older version, and nothing to another member", async () => {
    const { makeShareLink } = await shareLinks();
    const [ada, bob] = await Promise.all([newMember(), newMember()]);
    const { KEKS, KEK_CURRENT } = keyBindings(await openSecrets(edgeUp.folder));
    const edgeConfig = { ...config, KEKS: JSON.parse(KEKS) as object, KEK_CURRENT, PUBLIC_URL: edgeUp.publicUrl };
    const made: Share = { id: newId("pvs"), member: ada.actor.member, preview: newId("pvw") };
    const { url, hash } = await makeShareLink(edgeConfig, made);
    const later = Date.now() + 3_600_000;
    const keep = (id: string, kept: string, createdAt: number, expiresAt: number) =>
      sql("insert into preview_share (id, member, preview, hash, created_at, expires_at) values (?, ?, ?, ?, ?, ?)", [
        ...[id, made.member, made.preview, kept],
        ...[createdAt, expiresAt],
      ]);
    const [older, ended] = [newId("pvs"), newId("pvs")];
    await keep(made.id, hash, 2, later);
    await keep(older, await hashSha256("drawn at random"), 1, later);
    await keep(ended, await hashSha256("ended"), 0, 1);

    const list = async (token: string) => ask("GET", `/previews/${made.preview}/shares`, { token });
    const answer = await list(await ada.token());
    expect(sharesOut.parse(answer.json).shares).toEqual([
      { id: made.id, createdAt: 2, expiresAt: later, url },
      { id: older, createdAt: 1, expiresAt: later },
    ]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const kept = await sql("select * from preview_share where preview = ?", [made.preview]);
    expect(kept.length).toBe(2); // what has ended is gone
    expect(JSON.stringify(kept)).not.toContain(secretOf(url));
    const strangers = await list(await bob.token());
    expect([strangers.status, refusal(strangers).code]).toEqual([404, "not_found"]);
  });
});

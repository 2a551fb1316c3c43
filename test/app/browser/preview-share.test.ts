import { expect, test } from "vitest";
import { newId, siblingId } from "../../../schema/wire/id.ts";
import { widths } from "../../harness/browser.ts";
import { answers, coder, fits, minute, now, open, page, seen, serveTeam } from "./sample-team.ts";

/** Links by which others look at a preview. */
const preview = {
  ...{ id: newId("pvw", 20), title: "bakery", state: "open" as const, channel: siblingId("chn", coder), openedAt: now, changedAt: now },
  source: { kind: "pages" as const, repo: "projects/bakery", branch: "main", folder: "" },
};
const address = "http://01arz3ndektsv4rrffq69g5fav.preview.localhost/";
const linkOf = (id: string) => `${address}.growqr/enter?share=${id}`;
type Share = { id: string; createdAt: number; expiresAt: number; url?: string };
/** What the edge keeps; the first link is of a version that could not show it again. */
let shares: Share[];
const revoked: string[] = [];
/** Whether previews are set up there, and how often one was asked for. */
const site = { open: true, asked: 0 };
const closed = { code: "forbidden", message: "Previews are not set up here.", retryable: false, requestId: newId("req", 1) };
serveTeam((method, path) => {
  const place = `/previews/${preview.id}`;
  if (path === `${place}/entry`) site.asked += 1;
  if (path === `${place}/entry` && !site.open) return { status: 403, body: { error: closed } };
  if (method === "POST" && path === `${place}/entry`) return { status: 200, body: { url: address, address, expiresAt: now + minute } };
  if (!path.startsWith(`${place}/shares`)) return undefined;
  if (method === "GET") return { status: 200, body: { shares } };
  const id = path.slice(`${place}/shares/`.length);
  if (method === "DELETE") {
    revoked.push(id);
    shares = shares.filter((share) => share.id !== id);
    return { status: 200, body: { removed: true } };
  }
  const { url, ...share } = { id: newId("pvs"), createdAt: now, expiresAt: now + 60 * 24 * minute, url: linkOf(newId("pvs")) };
  shares = [{ ...share, url }, ...shares];
  return { status: 201, body: { share, url } };
});
const section = () => page.getByRole("region", { name: "Share" });
const rows = () => section().getByRole("listitem");
async function openShare(size: "desktop" | "phone") {
  shares = [{ id: newId("pvs", 1), createdAt: now - minute, expiresAt: now + 60 * minute }];
  revoked.length = 0;
  await open(`/?preview=${preview.id}`, { size, more: { answers: { ...answers, preview: { preview } } } });
  await page.getByRole("button", { name: "Share" }).click();
  await section().getByText("This older link can't be copied again.").waitFor();
}
const makeLink = async () => {
  const before = await rows().count();
  await section().getByRole("button", { name: "Make a link" }).click();
  await expect.poll(() => rows().count()).toBe(before + 1);
  return shares[0]!.url!;
};
const copied = () => page.evaluate(() => navigator.clipboard.readText());

test("a link that was made stands in the list alone, is copied there, also later, and says so in words", async () => {
  await openShare("desktop");
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  const url = await makeLink();
  await rows()
    .first()
    .getByText(/, copied$/)
    .waitFor();
  expect([await copied(), await section().getByText(url).count()]).toEqual([url, 1]);
  await page.evaluate(() => navigator.clipboard.writeText("another"));
  await rows().first().getByRole("button", { name: "Copy the link" }).click();
  await rows().first().getByRole("status").getByText("Copied", { exact: true }).waitFor();
  expect(await copied()).toBe(url);
  await seen("preview-share-copied");
  await page.keyboard.press("Escape");
  await section().waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Share" }).click();
  const newer = await makeLink();
  await expect.poll(() => section().getByText("Copied", { exact: true }).count()).toBe(0); // it was said of the other one
  await rows().nth(1).getByRole("button", { name: "Copy the link" }).click();
  await rows().nth(1).getByText("Copied", { exact: true }).waitFor();
  expect(await copied()).toBe(url);
  expect(newer).not.toBe(url);
  expect(await rows().last().getByRole("button", { name: "Copy the link" }).count()).toBe(0);
  await page.setViewportSize(widths.phone);
  await page.getByRole("main", { name: "Preview" }).getByRole("button", { name: "Share" }).click();
  await rows().first().getByRole("button", { name: "Copy the link" }).click();
  await rows().first().getByText("Copied", { exact: true }).waitFor();
  await seen("preview-share-phone");
});

async function forbidClipboard() {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send("Browser.setPermission", { permission: { name: "clipboard-write" }, setting: "denied" });
}
/** As on an address without HTTPS. */
const removeClipboard = () => page.evaluate(() => void Object.defineProperty(navigator, "clipboard", { value: undefined }));

test.each([
  ["forbids it", forbidClipboard],
  ["has no clipboard", removeClipboard],
])("where the browser %s, the link is shown and selected, to be copied by hand", async (name, forbid) => {
  await openShare("phone");
  const url = await makeLink();
  await forbid();
  const copy = rows().first().getByRole("button", { name: "Copy the link" });
  await copy.click();
  const dialog = page.getByRole("dialog", { name: "Copy it yourself" });
  await dialog.getByText("Your browser does not allow this page to copy.").waitFor();
  const field = dialog.getByLabel("Text to copy");
  expect(await field.inputValue()).toBe(url);
  const selected = await field.evaluate((each) =>
    each instanceof HTMLTextAreaElement ? [each.selectionStart, each.selectionEnd, document.activeElement === each, each.readOnly] : [],
  );
  expect(selected).toEqual([0, url.length, true, true]);
  expect(await section().getByText("Copied", { exact: true }).count()).toBe(0);
  await seen(`preview-share-${name.replaceAll(" ", "-")}`);
  await dialog.getByRole("button", { name: "Close" }).click();
  await dialog.waitFor({ state: "detached" });
  await expect.poll(() => copy.evaluate((button) => button === document.activeElement)).toBe(true);
  expect(await fits()).toBe(true);
});

test("a link is revoked after one question, and stays when the person goes back", async () => {
  await openShare("desktop");
  const url = await makeLink();
  const [made] = shares;
  const dialog = page.getByRole("dialog", { name: "Revoke this link?" });
  await rows().first().getByRole("button", { name: "Revoke" }).click();
  await dialog.getByText("Whoever has it sees nothing more, at once.").waitFor();
  await seen("preview-share-revoke");
  await dialog.getByRole("button", { name: "Go back" }).click();
  await dialog.waitFor({ state: "detached" });
  expect(revoked).toEqual([]);
  await rows().first().getByRole("button", { name: "Revoke" }).click();
  await dialog.getByRole("button", { name: "Revoke it" }).click();
  await section().getByText(url).waitFor({ state: "detached" });
  expect(revoked).toEqual([made?.id]);
  expect(await rows().count()).toBe(1);
});

test("where previews are not set up it is said after one call, without a retry, and nothing is offered to be shared", async () => {
  [site.open, site.asked] = [false, 0];
  await open(`/?preview=${preview.id}`, { size: "desktop", more: { answers: { ...answers, preview: { preview } } } });
  await page.getByRole("alert").getByText("Previews are not set up here.").waitFor();
  for (const name of ["Retry", "Share"]) expect(await page.getByRole("button", { name }).count()).toBe(0);
  expect(site.asked).toBe(1);
  site.open = true;
});

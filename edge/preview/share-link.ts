import type { previewShareTable } from "../../schema/preview/preview-access.table.ts";
import { previewEnterPath } from "../../schema/preview/preview-access.ts";
import { hashSha256 } from "../../schema/wire/canonical.ts";
import type { EdgeConfig } from "../env.ts";
import { deriveSecretText } from "../kernel/envelope.ts";
import { previewOrigin } from "./preview-address.ts";

/**
 * The link of a share. Its secret is derived from a key-encryption key and the share's own row, so the link
 * can be shown again to its owner, and no table keeps more of it than its hash.
 */
type Share = Pick<typeof previewShareTable.$inferSelect, "id" | "member" | "preview">;
type Keys = Pick<EdgeConfig, "KEKS" | "KEK_CURRENT">;
type Config = Keys & Parameters<typeof previewOrigin>[0];

const deriveShareSecret = (keys: Keys, kek: string, { member, preview, id }: Share): Promise<string> =>
  deriveSecretText(keys, kek, "preview-share", member, preview, id);
const shareUrl = (config: Config, preview: Share["preview"], secret: string): string =>
  `${previewOrigin(config, preview)}${previewEnterPath}?${new URLSearchParams({ share: secret })}`;

/** The link of a new share, and the hash by which it is looked up. */
export async function makeShareLink(config: Config, share: Share): Promise<{ url: string; hash: string }> {
  const secret = await deriveShareSecret(config, config.KEK_CURRENT, share);
  return { url: shareUrl(config, share.preview, secret), hash: await hashSha256(secret) };
}

/**
 * The link of a share again. Undefined where its secret was drawn at random, as in older versions, or its
 * key has left `KEKS`; such a link still opens the preview.
 */
export async function findShareLink(config: Config, share: Share & { hash: string }): Promise<string | undefined> {
  const others = Object.keys(config.KEKS).filter((kek) => kek !== config.KEK_CURRENT);
  for (const kek of [config.KEK_CURRENT, ...others]) {
    const secret = await deriveShareSecret(config, kek, share);
    if ((await hashSha256(secret)) === share.hash) return shareUrl(config, share.preview, secret);
  }
  return undefined;
}

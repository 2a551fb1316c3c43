import { dockerName } from "../../schema/machine/instance.ts";
import type { BoxSeen } from "../../schema/stack/box-image.ts";
import { ifFound, requireOurs } from "../docker.ts";
import type { Host } from "../host.ts";
import type { LedgerStackRow } from "../ledger.ts";

/** The image that the box is made of where it is made now. One that is being prepared holds nothing up. */
export const chooseBoxImage = ({ images, ledger }: Host, { member }: LedgerStackRow): "opencode" | "full" =>
  ledger.hasFullBox(member) && images.hasFull() ? "full" : "opencode";

/** Has the image made, beside all else, and answers which one the box is of. */
export async function wantFullBox(host: Host, row: LedgerStackRow): Promise<BoxSeen> {
  const { engine, images, instance } = host;
  host.ledger.noteFullBox(row.member);
  await images.want("full");
  const container = engine.docker.getContainer(dockerName(instance, "opencode", row.member));
  const info = await engine.call("inspect", ifFound(container.inspect()));
  if (info) requireOurs(info.Config.Labels, instance.label, info.Name);
  // Also one of an older daemon's image has the languages.
  const image = info?.Config.Image.startsWith("growqr/full:") ? "full" : "workshop";
  const preparing = images.describe(["full"])?.detail;
  return { image, next: images.hasFull() ? "full" : "workshop", ...(preparing === undefined ? {} : { preparing }) };
}

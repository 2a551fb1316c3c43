import type { IncomingHttpHeaders } from "node:http";
import { previewLife, type ViewRight, viewHeader, viewRight } from "../../schema/preview/preview-access.ts";
import { AppError } from "../../schema/wire/error.ts";
import { tryParseForeignJson } from "../../schema/wire/foreign-text.ts";
import type { Id } from "../../schema/wire/id.ts";
import { limits } from "../../schema/wire/limits.ts";

type ViewConnection = { readonly destroyed: boolean; once(event: "close", heard: () => void): unknown; destroy(): unknown };
type OpenView = ViewRight & { member: Id<"mem">; end: () => void };
/** A right that was taken away at `at`; it is known until nothing that was let in before can still arrive. */
type EndedRight = { key?: string | undefined; at: number; share?: Id<"pvs"> | undefined; signIn?: string | undefined };
type Ended = EndedRight & { member: Id<"mem">; forgetAt: number };
const rememberMs = 1_000 * Math.max(previewLife.recheck, limits.relayTicket + limits.skew);

/** The right by which a call looks at a program; undefined where everybody may. Only the edge says it. */
function readViewRight(headers: IncomingHttpHeaders): ViewRight | undefined {
  const given = headers[viewHeader];
  if (given === undefined) return undefined;
  const right = viewRight.safeParse(tryParseForeignJson(String(given)));
  if (!right.success) throw new AppError("invalid", { what: viewHeader });
  return right.data;
}
function isOf(right: ViewRight & { member: Id<"mem"> }, ended: Omit<Ended, "forgetAt">): boolean {
  const isNamed = (name: "key" | "share" | "signIn") => ended[name] === undefined || right[name] === ended[name];
  const at = ended.signIn === undefined ? right.at : (right.signInAt ?? right.at);
  return right.member === ended.member && at <= ended.at && isNamed("key") && isNamed("share") && isNamed("signIn");
}

/**
 * Connections by which people look at previews, apps and terminals. A WebSocket or a long answer may stay
 * open for hours: it ends with the right by which it was opened.
 */
export class OpenViews {
  private readonly open = new Set<OpenView>();
  private ended: Ended[] = [];
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }
  /**
   * From now on the connection ends with the right that its headers name. Throws where that is gone by now.
   */
  watch(member: Id<"mem">, headers: IncomingHttpHeaders, connection: ViewConnection): void {
    const right = readViewRight(headers);
    if (!right || connection.destroyed) return;
    const view: OpenView = { ...right, member, end: () => connection.destroy() };
    if (this.ended.some((ended) => isOf(view, ended))) throw new AppError("not_found", { what: "view", key: right.key });
    this.open.add(view);
    const timer = right.until === undefined ? undefined : setTimeout(view.end, Math.max(0, right.until - this.now())).unref();
    connection.once("close", () => {
      clearTimeout(timer);
      this.open.delete(view);
    });
  }
  /** Ends those of a member by what is named of their right. Answers how many there were. */
  end(member: Id<"mem">, right: EndedRight): number {
    const now = this.now();
    this.ended = this.ended.filter(({ forgetAt }) => forgetAt > now);
    this.ended.push({ ...right, member, forgetAt: now + rememberMs });
    const ending = [...this.open].filter((view) => isOf(view, { ...right, member }));
    for (const view of ending) view.end();
    return ending.length;
  }
}

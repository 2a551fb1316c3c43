import type { IncomingHttpHeaders } from "node:http";
import { type ViewRight, viewHeader, viewRight } from "../../schema/preview/preview-access.ts";
import { AppError } from "../../schema/wire/error.ts";
import { tryParseForeignJson } from "../../schema/wire/foreign-text.ts";
import type { Id } from "../../schema/wire/id.ts";

type Connection = { readonly destroyed: boolean; once(event: "close", heard: () => void): unknown; destroy(): unknown };
type OpenView = ViewRight & { member: Id<"mem">; end: () => void };

/** The right by which a call looks at a program; undefined where everybody may. Only the edge says it. */
function readViewRight(headers: IncomingHttpHeaders): ViewRight | undefined {
  const given = headers[viewHeader];
  if (given === undefined) return undefined;
  const right = viewRight.safeParse(tryParseForeignJson(String(given)));
  if (!right.success) throw new AppError("invalid", { what: viewHeader });
  return right.data;
}

/**
 * Connections by which people look at previews and apps that not everybody may see. A WebSocket or a long
 * answer may stay open for hours: it ends with the right by which it was opened.
 */
export class OpenViews {
  private readonly open = new Set<OpenView>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  /** From now on the connection ends with the right that its headers name. */
  watch(member: Id<"mem">, headers: IncomingHttpHeaders, connection: Connection): void {
    const right = readViewRight(headers);
    if (!right || connection.destroyed) return;
    const view: OpenView = { ...right, member, end: () => connection.destroy() };
    this.open.add(view);
    const timer = setTimeout(view.end, Math.max(0, right.until - this.now())).unref();
    connection.once("close", () => {
      clearTimeout(timer);
      this.open.delete(view);
    });
  }
  /** Ends those of a preview or an app, or only those that came by one link. Answers how many there were. */
  end(member: Id<"mem">, key: string, share?: Id<"pvs">): number {
    const ending = [...this.open].filter(
      (view) => view.member === member && view.key === key && (share === undefined || view.share === share),
    );
    for (const view of ending) view.end();
    return ending.length;
  }
}

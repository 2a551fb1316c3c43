import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import { OpenViews } from "../../../agent-host/preview/open-views.ts";
import { type ViewRight, viewHeader } from "../../../schema/preview/preview-access.ts";
import { newId } from "../../../schema/wire/id.ts";

/** A connection as the host has it: open until somebody ends it. */
class Connection extends EventEmitter {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}
const [ada, bob] = [newId("mem", 1), newId("mem", 2)];
const [preview, other] = [newId("pvw", 1), newId("pvw", 2)];
const share = newId("pvs", 1);
const until = 50_000_000;
function look(views: OpenViews, member: typeof ada, right: ViewRight | undefined, connection = new Connection()): Connection {
  views.watch(member, right ? { [viewHeader]: JSON.stringify(right) } : {}, connection);
  return connection;
}

test("a connection ends with the right by which it looks, and no other does", () => {
  const views = new OpenViews(() => 0);
  const own = look(views, ada, { key: preview, until });
  const guest = look(views, ada, { key: preview, until, share });
  const elsewhere = look(views, ada, { key: other, until, share });
  const neighbour = look(views, bob, { key: preview, until });
  const anybody = look(views, ada, undefined); // an app that is published

  expect(views.end(ada, preview, share)).toBe(1);
  expect([own, guest, elsewhere, neighbour, anybody].map(({ destroyed }) => destroyed)).toEqual([false, true, false, false, false]);
  expect(views.end(ada, preview, share)).toBe(0); // a second time
  expect(views.end(ada, preview)).toBe(1);
  expect([own, elsewhere, neighbour, anybody].map(({ destroyed }) => destroyed)).toEqual([true, false, false, false]);
});

test("a right whose time is over ends what is open by it; one that was closed before is not kept", async () => {
  const views = new OpenViews(() => 1_000);
  const over = look(views, ada, { key: preview, until: 1_000 });
  const ended = new Promise((resolve) => over.once("close", resolve));
  await ended;
  const gone = new Connection();
  gone.destroy();
  look(views, ada, { key: preview, until }, gone);
  const closed = look(views, ada, { key: preview, until });
  closed.destroy();
  expect(views.end(ada, preview)).toBe(0);
});

test("a header that is no right is refused", () => {
  const views = new OpenViews(() => 0);
  for (const given of ["", "{", "[]", `{"key":"","until":1}`, `{"key":"${preview}","until":"soon"}`])
    expect(() => views.watch(ada, { [viewHeader]: given }, new Connection())).toThrow("not what this address takes");
});

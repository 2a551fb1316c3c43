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
const [at, until] = [500, 50_000_000];
function look(views: OpenViews, member: typeof ada, right: ViewRight | undefined, connection = new Connection()): Connection {
  views.watch(member, right ? { [viewHeader]: JSON.stringify(right) } : {}, connection);
  return connection;
}

test("a connection ends with the right by which it looks, and no other does", () => {
  const views = new OpenViews(() => 0);
  const mine = look(views, ada, { key: preview, at, until });
  const guest = look(views, ada, { key: preview, at, until, share });
  const elsewhere = look(views, ada, { key: other, at, until, share });
  const neighbour = look(views, bob, { key: preview, at, until });
  const anybody = look(views, ada, undefined); // an app that is published

  expect(views.end(ada, { key: preview, at, share })).toBe(1);
  expect([mine, guest, elsewhere, neighbour, anybody].map(({ destroyed }) => destroyed)).toEqual([false, true, false, false, false]);
  expect(views.end(ada, { key: preview, at, share })).toBe(0); // a second time
  expect(views.end(ada, { key: preview, at })).toBe(1);
  expect([mine, elsewhere, neighbour, anybody].map(({ destroyed }) => destroyed)).toEqual([true, false, false, false]);
});

test("a right whose time is over ends what is open by it; one that was closed before is not kept", async () => {
  const views = new OpenViews(() => 1_000);
  const over = look(views, ada, { key: preview, at, until: 1_000 });
  const ended = new Promise((resolve) => over.once("close", resolve));
  await ended;
  const gone = new Connection();
  gone.destroy();
  look(views, ada, { key: preview, at, until }, gone);
  const closed = look(views, ada, { key: preview, at, until });
  closed.destroy();
  expect(views.end(ada, { key: preview, at })).toBe(0);
});

test("what was let in before a right was taken away and arrives after it is refused; a right of later is not", () => {
  let now = 1_000;
  const views = new OpenViews(() => now);
  views.end(ada, { key: preview, at, share });
  expect(() => look(views, ada, { key: preview, at: 400, until, share })).toThrow("nothing here");
  look(views, ada, { key: preview, at: 400, until }); // the member's own
  look(views, bob, { key: preview, at: 400, until, share });
  look(views, ada, { key: preview, at: 501, until, share });
  now += 3_600_000;
  views.end(ada, { key: other, at: 0 });
  look(views, ada, { key: preview, at: 400, until, share }); // no pass is on its way for so long
});

test("an app that is published ends for its visitors when it is published no longer", () => {
  const views = new OpenViews(() => 0);
  const visitor = look(views, ada, { key: "bakery", at });
  views.end(ada, { key: "bakery", at });
  expect(visitor.destroyed).toBe(true);
});

test("a sign-in that is over ends all that is open by it, of its member alone; what comes by a fresh look at it stays", () => {
  const views = new OpenViews(() => 0);
  const [lost, kept] = ["sess_lost", "sess_kept"];
  const mine = [preview, "bakery", newId("trm", 1)].map((key) => look(views, ada, { key, at, signIn: lost, signInAt: at }));
  const others = [
    look(views, ada, { key: preview, at, signIn: kept, signInAt: at }),
    look(views, ada, { key: preview, at, share }),
    look(views, bob, { key: preview, at, signIn: lost, signInAt: at }),
    look(views, ada, undefined),
  ];
  expect(views.end(ada, { signIn: lost, at: 600 })).toBe(3);
  expect(mine.every(({ destroyed }) => destroyed)).toBe(true);
  expect(others.some(({ destroyed }) => destroyed)).toBe(false);
  // Let in before the end, by a right that was looked at since.
  expect(() => look(views, ada, { key: preview, at: 900, signIn: lost, signInAt: 600 })).toThrow("nothing here");
  look(views, ada, { key: preview, at: 900, signIn: kept, signInAt: 400 });
  expect(views.end(ada, { at: 950 })).toBe(3); // of an account that is erased, all
});

test("a member who takes their app back from the public goes on looking, however old the word on their sign-in is", () => {
  const views = new OpenViews(() => 0);
  views.end(ada, { key: "bakery", at: 500 });
  expect(look(views, ada, { key: "bakery", at: 501, signIn: "sess_1", signInAt: 400 }).destroyed).toBe(false);
});

test("a header that is no right is refused", () => {
  const views = new OpenViews(() => 0);
  for (const given of ["", "{", "[]", `{"key":"","at":1}`, `{"key":"${preview}"}`, `{"key":"${preview}","at":1,"until":"soon"}`])
    expect(() => views.watch(ada, { [viewHeader]: given }, new Connection())).toThrow("not what this address takes");
});

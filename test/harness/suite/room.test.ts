import { expect, test } from "vitest";
import { waitForRoom } from "./room.ts";

/** How many pauses are made while the machine is busy at these looks, and alone from that pause on. */
async function pausesOf(busy: string, { aloneFrom = Number.POSITIVE_INFINITY, most = 50 } = {}): Promise<number> {
  let looked = 0;
  let pauses = 0;
  await waitForRoom({
    busy: () => (busy[looked++] ?? busy.at(-1)) === "x",
    alone: () => pauses >= aloneFrom,
    pause: async () => void pauses++,
    most,
  });
  return pauses;
}

test("a file begins at once where there is room, and where nothing else is under way", async () => {
  expect(await pausesOf("-")).toBe(0);
  expect(await pausesOf("x", { aloneFrom: 0 })).toBe(0);
});

test("while there is no room it waits for some looks in a row that find some, for the others to end, or for as long as is allowed", async () => {
  expect(await pausesOf("xxx---")).toBe(5);
  expect(await pausesOf("xx-x--x---")).toBe(9);
  expect(await pausesOf("x", { aloneFrom: 7 })).toBe(7);
  expect(await pausesOf("x", { most: 12 })).toBe(12);
});

import { describe, expect, test } from "vitest";
import { findOwnAddress } from "../../../agent-host/machine/own-address.ts";
import { explainJoinRefusal } from "../../../schema/machine/host.ts";
import { AppError, type ErrorCode } from "../../../schema/wire/error.ts";

const edge = "https://growqr.example";
const explain = (code: ErrorCode) => String(explainJoinRefusal(new AppError(code), { asked: "http://127.0.0.1:20000", edge }));

describe("a machine that can't join", () => {
  test("is told that its token has had its time, and where another is made", () => {
    for (const code of ["join_token_used", "join_token_expired", "unauthenticated"] as const)
      expect(explain(code)).toContain(`Make another at ${edge}/machine`);
  });

  test("is told that the edge does not answer, and which setting says another address", () => {
    expect(explain("unavailable")).toMatch(/^.*127\.0\.0\.1:20000 does not answer.*EDGE_URL/);
  });

  test("hears every other refusal as it came", () => {
    const refused = new AppError("forbidden", {}, { message: "This machine was revoked." });
    expect(explainJoinRefusal(refused, { asked: edge, edge })).toBe(refused);
  });
});

describe("the address by which runners reach a host", () => {
  test("is loopback where the edge is on the same machine", async () => {
    for (const url of ["http://127.0.0.1:20000", "http://localhost:20000"]) expect(await findOwnAddress(url)).toBe("127.0.0.1");
  });

  test("has to be said where no network leads to the edge", async () => {
    await expect(findOwnAddress("https://growqr.invalid")).rejects.toThrow(/--address <address>, or HOST_ADDRESS/);
  });
});

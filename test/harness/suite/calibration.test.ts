import { afterEach, describe, expect, test, vi } from "vitest";
import { calibrate, describeMachine, judgeMachine, median, reference } from "./calibration.ts";
import { limit } from "./limit.ts";

const times = (factor: number) => ({ cpu: reference.cpu * factor, exec: reference.exec, fsync: reference.fsync });

describe("how slow a machine is", () => {
  test("goes by the slowest of what was measured", () => {
    expect(judgeMachine(times(2.26)).factor).toBe(2.3);
    expect(describeMachine(judgeMachine(times(2.26)))).toBe("this machine: 2.3 × the reference (cpu 2.3, exec 1.0, fsync 1.0)");
  });
  test("is told with what others run beside it", () => {
    expect(describeMachine(judgeMachine(times(1), 2))).toMatch(/fsync 1\.0\); threads of others beside it: 2$/);
  });
  test("is never below the reference, so that no limit gets shorter", () => {
    expect(judgeMachine(times(0.2)).factor).toBe(1);
  });
  test("is bounded, so that what hangs is found within the hour", () => {
    expect(judgeMachine(times(400)).factor).toBe(6);
  });
  test("is measured on this one, without a container where there is none", async () => {
    const { took, others } = await calibrate();
    expect(others).toBeGreaterThanOrEqual(0);
    expect(Object.keys(took)).toEqual(["cpu", "exec", "fsync"]);
    expect(Object.values(took).every((each) => each > 0)).toBe(true);
  });
  test("is a median, which one late round does not move", () => {
    expect(median([3, 900, 1, 2, 4])).toBe(3);
  });
});

describe("a limit", () => {
  afterEach(() => void vi.unstubAllEnvs());
  test("follows the machine", () => {
    vi.stubEnv("GROWQR_MACHINE", "2.3");
    expect(limit(30_000)).toBe(69_000);
  });
  test.each(["0.5", "fast", "1000"])("refuses a machine that is %s times the reference", (said) => {
    vi.stubEnv("GROWQR_MACHINE", said);
    expect(() => limit(30_000)).toThrow("GROWQR_MACHINE");
  });
});

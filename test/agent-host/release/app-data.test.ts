import { describe, expect, it } from "vitest";
import { judgeData, mostDataFiles } from "../../../agent-host/release/app-data.ts";

describe("what an app keeps in /data", () => {
  it("is nothing to speak of below four fifths, is told above, and stops the app above all of it", () => {
    expect(judgeData({ mb: 800, files: 10 }, "fine", 1_024)).toEqual({ finding: "fine", isOver: false });
    const words = `Its /data holds 900 MB; an app may keep 1024 MB.`;
    expect(judgeData({ mb: 900, files: 10 }, "fine", 1_024)).toEqual({ finding: "large", words, isOver: false });
    expect(judgeData({ mb: 1025, files: 10 }, "fine", 1_024)).toMatchObject({ isOver: true });
  });
  it("may be too many files as well as too many bytes, and says which", () => {
    const words = `Its /data holds 200001 files and folders; an app may keep ${mostDataFiles}.`;
    expect(judgeData({ mb: 1000, files: 200_001 }, "large", 1_024)).toEqual({ finding: "large", words, isOver: true });
    expect(judgeData({ mb: 1, files: 160_001 }, "fine", 1_024)).toMatchObject({ finding: "large", isOver: false });
  });
  it("is too much where it can't be measured in time twice in a row: one slow look alone stops nothing", () => {
    const words = "Its /data could not be measured within 20 s: it holds too many files.";
    expect(judgeData("late", "fine", 1_024)).toEqual({ finding: "late", words, isOver: false });
    expect(judgeData("late", "large", 1_024)).toMatchObject({ isOver: false });
    expect(judgeData("late", "late", 1_024)).toEqual({ finding: "late", words, isOver: true });
  });
});

import { describe, expect, it } from "vitest";
import { countUsed, judgeDatabase, readSizes } from "../../../agent-host/service/database-use.ts";

describe("what a project's databases hold", () => {
  it("counts only where its release uses them: it could take nothing out of one that it has left behind", () => {
    const use = { postgres: 800, redis: 20 };
    expect([[], ["redis"], ["postgres", "redis"]].map((services) => countUsed(use, services as ("postgres" | "redis")[]))).toEqual([
      { postgres: 0, redis: 0 },
      { postgres: 0, redis: 20 },
      use,
    ]);
  });
  it("is read of Postgres and Redis together, and what is no such line is nothing", () => {
    const printed = "shop_live postgres 12\nshop_live redis 3\nshop_dev postgres 7\nnonsense\nshop_dev redis much\nshop_dev mongo 4\n";
    expect([...readSizes(printed)]).toEqual([
      ["shop_live", { postgres: 12, redis: 3 }],
      ["shop_dev", { postgres: 7, redis: 0 }],
    ]);
    expect(readSizes("").size).toBe(0);
  });
  it("is told from four fifths on, and is too much above all of it, with the way out", () => {
    expect(judgeDatabase({ postgres: 800, redis: 19 }, 1_024)).toEqual({ finding: "fine", isOver: false });
    const large = judgeDatabase({ postgres: 800, redis: 100 }, 1_024);
    expect(large).toMatchObject({ finding: "large", isOver: false });
    expect(large.words).toMatch(/^Its databases hold 900 MB \(Postgres 800, Redis 100\); a project may keep 1024 MB in them\. .*TRUNCATE/);
    expect(judgeDatabase({ postgres: 1_025, redis: 0 }, 1_024)).toMatchObject({ isOver: true });
    expect(judgeDatabase({ postgres: 0, redis: 100 }, 90).words).not.toContain("TRUNCATE"); // SQL is no help there
    expect(judgeDatabase({ postgres: 513, redis: 0 }, 512)).toMatchObject({ isOver: true });
  });
});

import { makeFigure, type Series } from "./figures.ts";
import type { Bench } from "./ground.ts";
import { measureRawGit } from "./raw.ts";
import { prepareYears } from "./years/years.ts";

export const bench: Bench = {
  title: "an actor without its storage comes back from Git",
  seconds: 240,
  async run(ground) {
    const { memberId, commits, restored } = await prepareYears(ground);
    const each = (series: Series) => series.map((ms) => (ms * 1_000) / commits);
    const raw = { log: [] as Series, files: [] as Series };
    for (const _ of restored) {
      raw.log.push(measureRawGit(ground.instance, memberId, "growqr/memory", "git log -p main > /dev/null"));
      raw.files.push(
        measureRawGit(
          ground.instance,
          memberId,
          "growqr/memory",
          "git ls-tree -r main | awk '{print $3}' | git cat-file --batch > /dev/null",
        ),
      );
    }
    return [
      makeFigure("restore: rebuilt per 1,000 commits, beside git log -p", each(restored), each(raw.log)),
      makeFigure("restore: rebuilt per 1,000 commits, beside git cat-file of every file", each(restored), each(raw.files)),
    ];
  },
};

import { makeFigure } from "./figures.ts";
import type { Bench } from "./ground.ts";
import { measureTurn, mergeFigures } from "./stream.ts";

const rounds = 5;
const many = 20;

export const bench: Bench = {
  title: `an answer as it comes: one stream, ${rounds} turns; then ${many} at once on as many stacks`,
  seconds: 330,
  async run({ subjects, log, quiet }) {
    const [subject] = await subjects(1);
    await measureTurn(subject!, 20, 5); // the first turn warms the server up and is not counted
    const alone = [];
    for (let round = 0; round < rounds; round++) alone.push(await measureTurn(subject!, 200, 10));
    const single = mergeFigures(alone);
    log(`  one stream is measured; ${many} stacks come up`);
    const crowd = await subjects(many);
    for (const each of crowd) await measureTurn(each, 5, 5);
    const all = mergeFigures(await Promise.all(crowd.map((each) => measureTurn(each, 100, 50))));
    await quiet();
    const late = `${all.late} of ${all.delta.length} with the finished block`;
    return [
      makeFigure("1 stream: prompt to first delta", single.first, single.rawFirst, { contains: true }),
      makeFigure("1 stream: delay of a piece", single.delta, single.rawDelta, { contains: true }),
      makeFigure(`${many} streams: prompt to first delta`, all.first, all.rawFirst, { contains: true }),
      makeFigure(`${many} streams: delay of a piece (${late})`, all.delta, all.rawDelta, { contains: true }),
    ];
  },
};

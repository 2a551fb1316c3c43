import { makeFigure, type Series } from "./figures.ts";
import { type Bench, turnStack } from "./ground.ts";
import { measureRawPair } from "./raw.ts";

const times = 3;

export const bench: Bench = {
  title: "a stack from nothing, and from stopped, one at a time",
  seconds: 180,
  async run({ instance, ready }) {
    const [cold, wake, rawCold, rawWake]: [Series, Series, Series, Series] = [[], [], [], []];
    for (let index = 0; index < times; index++) {
      const made = await ready(`start${index}`);
      cold.push(made.ms);
      const raw = await measureRawPair(`growqr-${instance.name}-raw-${index}`, {
        gitea: instance.ports.spare,
        opencode: instance.ports.spare + 1,
      });
      rawCold.push(raw.cold);
      rawWake.push(raw.wake);
      await turnStack(made, "stop");
      const ms = await turnStack(made, "start");
      if (ms === 0) throw new Error("the stack ran already, so no wake was measured");
      wake.push(ms);
      await turnStack(made, "stop");
    }
    return [makeFigure("cold provision, POST to ready", cold, rawCold), makeFigure("wake from stopped, POST to ready", wake, rawWake)];
  },
};

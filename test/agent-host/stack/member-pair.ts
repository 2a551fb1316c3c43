import { dockerName } from "../../../schema/machine/instance.ts";
import { objectsOf } from "../../local/docker/instance-objects.ts";
import { engine } from "../clean-room.ts";
import { hostInstance } from "../ground.ts";
import { type Person, putStack } from "../runner-client.ts";

const { docker } = engine;
/** What Docker has of a member: the two containers of the pair, and everything else by its name. */
export const containerOf = (person: Person, side: "gitea" | "opencode") =>
  docker.getContainer(dockerName(hostInstance, side, person.member));
export const inspectPair = (person: Person) =>
  Promise.all([containerOf(person, "gitea").inspect(), containerOf(person, "opencode").inspect()]);
export const objectsOfMember = async (person: Person) =>
  Object.values(await objectsOf(docker, hostInstance))
    .flat()
    .filter((name) => name.includes(person.member));
export const erase = (person: Person, generation: number, change: { epoch?: number } = {}) =>
  putStack(person, generation, "stopped", { ...change, ceiling: "erased", ceilingRev: 1000 });

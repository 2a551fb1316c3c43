import { expect, it } from "vitest";
import { readInstance } from "../../schema/machine/instance.ts";
import { takeAway } from "../harness/suite/leftovers.ts";
import { ensureDocker } from "../local/docker/docker.ts";
import { label, objectsOf } from "../local/docker/instance-objects.ts";

/** An instance that nobody else uses, with a slot number that nobody else has. */
const { gateway, ...rest } = readInstance("test-leftovers");
const mine = "test-leftovers";
const leftInstance = { ...rest, label: mine, table: mine, bridge: "gqnone", gateway: { ...gateway, link: "gqnone" } };
const docker = await ensureDocker(() => undefined);
const labels = { [label]: leftInstance.label };

it("what a run that was cut off left in Docker is taken away, whatever it is in the middle of", async () => {
  const name = `growqr-${leftInstance.label}`;
  await takeAway(docker, [leftInstance]); // of a run of this test that was cut off
  await docker.createNetwork({ Name: name, Labels: labels });
  await docker.createVolume({ Name: name, Labels: labels });
  const stubborn = await docker.createContainer({
    name,
    Image: "debian:bookworm-slim",
    Cmd: ["sh", "-c", "trap '' TERM; while :; do sleep 1; done"],
    Labels: labels,
    HostConfig: { NetworkMode: name, Binds: [`${name}:/data`] },
  });
  await stubborn.start();
  const late = docker.createContainer({ name: `${name}-late`, Image: "debian:bookworm-slim", Cmd: ["true"], Labels: labels });
  await Promise.all([takeAway(docker, [leftInstance]), late]);
  await takeAway(docker, [leftInstance]);
  const { containers, networks, volumes } = await objectsOf(docker, leftInstance);
  expect([...containers, ...networks, ...volumes]).toEqual([]);
});

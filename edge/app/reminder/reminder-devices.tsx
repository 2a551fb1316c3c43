import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { deviceView, type RemindersOut } from "../../../schema/reminder/reminder.ts";
import { removedOut } from "../../../schema/wire/removed.ts";
import { restCall } from "../live/api.ts";
import { failureText, useRest } from "../live/use-action.ts";
import { useServices } from "../live/workspace.ts";
import { formatDay } from "../ui/format.ts";
import { useRefreshReminders } from "./reminder-settings.ts";
import { findPushTrouble, keepKnownDevice, PushFailed, readKnownDevice, subscribePush, troubleText, unsubscribePush } from "./web-push.ts";

type Device = RemindersOut["push"]["devices"][number];
const here = ["reminders-here"];

/** The browsers that show reminders. */
export function Devices({ push }: { push: RemindersOut["push"] }) {
  const known = useQuery({ queryKey: here, queryFn: async () => (await readKnownDevice()) ?? null, staleTime: 0 });
  const mine = push.devices.find((device) => device.id === known.data);
  return (
    <div className="card col" style={{ gap: 8, alignItems: "flex-start" }}>
      {push.key === null ? (
        <p className="s13 sub">This installation has no key for notifications, so no device can be added.</p>
      ) : (
        !mine && known.isSuccess && <Add applicationKey={push.key} />
      )}
      {push.devices.length === 0 && <p className="s13 sub">No device shows reminders yet.</p>}
      <ul className="rules" style={{ alignSelf: "stretch" }}>
        {push.devices.map((device) => (
          <DeviceRow key={device.id} device={device} here={device.id === mine?.id} />
        ))}
      </ul>
    </div>
  );
}

function Add({ applicationKey }: { applicationKey: string }) {
  const { api } = useServices();
  const queries = useQueryClient();
  const [trouble] = useState(findPushTrouble);
  const refresh = useRefreshReminders();
  const add = useMutation({
    mutationFn: async () => {
      const body = await subscribePush(applicationKey);
      const { device } = await api.send(restCall("POST", "/reminders/devices", { body }), z.object({ device: deviceView }));
      keepKnownDevice(device.id);
      await queries.invalidateQueries({ queryKey: here });
      await refresh();
    },
  });
  if (trouble) return <p className="s13">{troubleText(trouble)}</p>;
  return (
    <>
      <button type="button" className="btn" aria-disabled={add.isPending} onClick={() => !add.isPending && add.mutate()}>
        {add.isPending ? "Asking your browser" : "Notify this device"}
      </button>
      {add.isError && (
        <p className="s13 c-bad" role="alert">
          {add.error instanceof PushFailed ? add.error.message : failureText(add.error)}
        </p>
      )}
    </>
  );
}

function DeviceRow({ device, here: mine }: { device: Device; here: boolean }) {
  const remove = useRest(removedOut);
  const refresh = useRefreshReminders();
  const press = () => {
    if (remove.isPending) return;
    const done = async () => {
      if (mine) await unsubscribePush();
      await refresh();
    };
    remove.mutate(restCall("DELETE", "/reminders/devices/{deviceId}", { params: { path: { deviceId: device.id } } }), { onSuccess: done });
  };
  return (
    <li>
      <div className="grow">
        <p className="med t">{device.name}</p>
        <p className="s12 sub">
          {mine ? "This device, since " : "Since "}
          {formatDay(device.createdAt)}
        </p>
        {remove.isError && (
          <p className="s12 c-bad" role="alert">
            {failureText(remove.error)} It still shows them.
          </p>
        )}
      </div>
      <button type="button" className="btn" aria-disabled={remove.isPending} aria-label={`Remove ${device.name}`} onClick={press}>
        {remove.isPending ? "Removing" : "Remove"}
      </button>
    </li>
  );
}

"use client";
// Add or change a load balancer. Test asks the address what it is and says what to do; it stores and changes nothing.
import { useState } from "react";
import { useToast } from "#components/toast/toast.tsx";
import type { AddressTest, LoadBalancerInput, LoadBalancerSetting, TlsPaths } from "#lib/wire/settings.ts";
import { ask } from "./api.ts";
import { Refused, TextField } from "./form.tsx";
import { FormDialog } from "./form-dialog.tsx";
import { loadBalancersKey } from "./keys.ts";
import { TestResult } from "./test-result.tsx";
import { useChange } from "./use-change.ts";

interface LoadBalancerDialogProps {
  /** null: a new one */
  before: LoadBalancerSetting | null;
  onClose(): void;
}

interface Fields {
  address: string;
  master: string;
  ca: string;
  cert: string;
  key: string;
  serverName: string;
}

export function LoadBalancerDialog({ before, onClose }: LoadBalancerDialogProps) {
  const [name, setName] = useState(before?.name ?? "");
  const [fields, setFields] = useState<Fields>(() => fieldsOf(before));
  const [test, setTest] = useState<{ of: string; result: AddressTest } | null>(null);
  const change = useChange(loadBalancersKey);
  const testing = useChange();
  const showToast = useToast();
  const set = (part: Partial<Fields>) => setFields({ ...fields, ...part });
  const input = inputOf(fields);
  const tested = test?.of === JSON.stringify(input) ? test.result : null;
  const verb = before === null ? "Add" : "Change";

  async function tryIt() {
    const body = { ...input, ...(before === null ? {} : { name: before.name }) };
    const asked = await testing.run(() => ask<AddressTest>("POST", "/settings/load-balancers/test", body));
    if (asked !== null) setTest({ of: JSON.stringify(input), result: asked.value });
  }

  async function submit() {
    const done = await change.run(() =>
      before === null
        ? ask("POST", "/settings/load-balancers", { name: name.trim(), ...input })
        : ask("PUT", `/settings/load-balancers/${encodeURIComponent(before.name)}`, input),
    );
    if (done === null) return;
    showToast({ text: before === null ? `${name.trim()} is added.` : `${before.name} is changed.` });
    onClose();
  }

  return (
    <FormDialog
      title={before === null ? "Add a load balancer" : `Change ${before.name}`}
      verb={tested?.ok === false ? `${verb} anyway` : verb}
      isBusy={change.isBusy}
      onClose={onClose}
      onSubmit={submit}
      more={
        <button type="button" className="btn" aria-disabled={testing.isBusy} onClick={tryIt}>
          {testing.isBusy ? "Testing" : "Test"}
        </button>
      }
    >
      {before === null && (
        <TextField
          label="Name"
          placeholder="lb1"
          hint="What you call it. It stays, for records and the audit know it."
          value={name}
          onChange={setName}
          autoCapitalize="none"
          required
          maxLength={63}
        />
      )}
      <TextField
        label="Address"
        placeholder="/run/haproxy/admin.sock"
        hint={
          <>
            Its stats socket: <code>/path</code>, <code>tls://host:port</code> or <code>tcp://host:port</code>.
          </>
        }
        value={fields.address}
        onChange={(address) => set({ address })}
        autoCapitalize="none"
        required
      />
      {isTls(fields) && <TlsFields fields={fields} onChange={set} />}
      <TextField
        label="Master CLI, if it has one"
        placeholder="/run/haproxy/master.sock"
        hint="Shows the sessions that old workers still hold after a reload (haproxy -W -S)."
        value={fields.master}
        onChange={(master) => set({ master })}
        autoCapitalize="none"
      />
      <TestResult test={tested} refusal={testing.refusal} />
      <Refused>{change.refusal}</Refused>
    </FormDialog>
  );
}

function TlsFields({ fields, onChange }: { fields: Fields; onChange(part: Partial<Fields>): void }) {
  return (
    <fieldset className="set-group">
      <legend>TLS: files on the machine that runs Drainboard</legend>
      <TextField
        label="Certificate authority"
        placeholder="/etc/drainboard/ca.pem"
        hint="Who signed HAProxy's certificate. Empty: the authorities this machine trusts."
        value={fields.ca}
        onChange={(ca) => onChange({ ca })}
      />
      <TextField
        label="Client certificate"
        placeholder="/etc/drainboard/client.pem"
        value={fields.cert}
        onChange={(cert) => onChange({ cert })}
      />
      <TextField
        label="Its key"
        placeholder="/etc/drainboard/client.key"
        hint="Both where HAProxy's listener says verify required."
        value={fields.key}
        onChange={(key) => onChange({ key })}
      />
      <TextField
        label="Name in the certificate"
        placeholder="the host of the address"
        value={fields.serverName}
        onChange={(serverName) => onChange({ serverName })}
      />
    </fieldset>
  );
}

function isTls({ address, master }: Fields): boolean {
  return /^\s*tls:/.test(address) || /^\s*tls:/.test(master);
}

function fieldsOf(before: LoadBalancerSetting | null): Fields {
  const { ca = "", cert = "", key = "", serverName = "" } = before?.tls ?? {};
  return { address: before?.address ?? "", master: before?.master ?? "", ca, cert, key, serverName };
}

function inputOf(fields: Fields): LoadBalancerInput {
  const tls: TlsPaths = {};
  if (isTls(fields)) {
    for (const part of ["ca", "cert", "key", "serverName"] as const) {
      const text = fields[part].trim();
      if (text !== "") tls[part] = text;
    }
  }
  return {
    address: fields.address.trim(),
    master: fields.master.trim() === "" ? null : fields.master.trim(),
    tls: Object.keys(tls).length === 0 ? null : tls,
  };
}

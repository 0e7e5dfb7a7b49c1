import { connect } from "node:tls";

const WITHIN_MS = 1_500;
/** The other end got as far as certificates: it speaks TLS, whatever it thinks of ours. */
const HANDSHAKE = /ALERT|CERT/;

/** Whether a TLS server listens at this port. Nothing is sent but the handshake, and no certificate is believed. */
export function speaksTls({ host, port }: { host: string; port: number }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, rejectUnauthorized: false });
    const end = (does: boolean) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(does);
    };
    const timer = setTimeout(() => end(false), WITHIN_MS);
    socket.once("secureConnect", () => end(true));
    socket.on("error", (error: NodeJS.ErrnoException) => end(HANDSHAKE.test(error.code ?? "")));
    socket.once("close", () => end(false));
  });
}

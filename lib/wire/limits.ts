// Bounds that both ends know.

/** A client message is a command or a subscription: far below this. */
export const SOCKET_MESSAGE_BYTES = 128 * 1024;
export const MESSAGES_PER_SEC = 20;
/** A page that opens asks for its subscription and the history of its rows at once. */
export const MESSAGE_BURST = 60;

export const HISTORY_MAX_SERVERS = 500;
export const HISTORY_MAX_POINTS = 1_500;

/** Requests of one step of a persistence probe. */
export const PROBE_REQUESTS_MAX = 10;

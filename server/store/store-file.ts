/** In the data directory. */
export const DATABASE_FILE = "drainboard.sqlite";

// The peer of boxtop's start: how long the SDK takes until the list is there. Prints its own RSS in MiB.
import { Box } from "@upstash/box";

const boxes = await Box.list();
console.log(boxes.length, Math.round(process.memoryUsage().rss / 1048576));

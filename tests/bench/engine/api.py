"""A provider that needs 200 ms for every answer: accepts every POST, and nothing is ever ready. Prints its port."""

from __future__ import annotations

import asyncio
import itertools
import json

LATENCY_SECONDS = 0.2
numbers = itertools.count(1)


def answer(head: bytes) -> bytes:
    data: dict[str, object] = {"status": "IN_PROGRESS"}
    data["task_id"] = f"n50{next(numbers)}_ltx2" if head.startswith(b"POST") else "n50_ltx2"
    body = json.dumps({"code": 200, "message": "success", "data": data}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0].strip()
            if length:
                await reader.readexactly(int(length))
            await asyncio.sleep(LATENCY_SECONDS)
            writer.write(answer(head))
            await writer.drain()
            if b"connection: close" in head.lower():
                break
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve, "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())

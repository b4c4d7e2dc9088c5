"""What a record tells a browser beside its words."""

from courseapp.engine.architecture import parse
from courseapp.engine.commands import read_command
from courseapp.labs.picture import record_frame
from courseapp.labs.run import Log, Run


def test_a_message_of_a_fifo_queue_carries_the_letter_of_its_group():
    node = {"id": "q.fifo", "kind": "queue", "parameters": {"FifoQueue": True, "ContentBasedDeduplication": True}}
    document = {"version": 1, "title": "One queue", "nodes": [node], "links": []}
    sent = {"MessageBody": "hello", "MessageGroupId": "anna"}
    command = read_command({"at_ms": 0, "action": "SendMessage", "target": "q.fifo", "parameters": sent})
    run = Run(parse(document), 7, Log.of([(1, command)]))
    run.run_to(10)
    frames = [record_frame(number, record, {}, None) for number, record in enumerate(run.drain(), 1)]
    assert [frame["letter"] for frame in frames if frame["type"] == "sent"] == ["A"]

-- A message id stands for one message, whoever sent it: what people open and what is exported is found by it.
CREATE UNIQUE INDEX messages_by_id ON messages (id);

"""The journal, told as it is written: sockets that follow by `seq`."""

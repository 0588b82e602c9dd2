"""What customers write: files of messages, and which conversations are set aside."""

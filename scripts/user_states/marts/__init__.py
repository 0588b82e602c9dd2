"""Rows read from the marts, with the labels and colours that figures and page share."""

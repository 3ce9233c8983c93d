"""What can be done with each kind of resource: names become ids, sizes choose the transport. Policy lives
here and only here.
"""
